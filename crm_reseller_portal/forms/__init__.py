from .away import AwayForm
from .base import Form, Upload, clean_text
from .company import CompanyForm
from .contact import ContactForm
from .decisions import AcceptForm, AskForm, DeclineForm, HandOverForm, ReturnForm
from .figures import DealForm
from .note import NoteForm
from .outcome import OutcomeForm
from .progress import Milestone, ProgressForm
from .people import InviteForm, RemoveForm, RoleForm
from .settings import SettingsForm
