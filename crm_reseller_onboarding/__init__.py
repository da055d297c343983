from . import controllers
from . import models
from . import wizards
from . import forms
from .hooks import uninstall_hook
