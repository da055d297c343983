from .registration import ExtensionForm, RegistrationForm, WithdrawForm
