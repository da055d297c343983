from .registration import AnswerForm, ExtensionForm, RegistrationForm, WithdrawForm
