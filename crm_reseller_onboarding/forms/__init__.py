from .agreement import AgreementForm
