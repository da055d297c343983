from .dispute import TextForm
