from .base import Form, Upload, clean_text
from .contact import ContactForm
from .decisions import AcceptForm, AskForm, DeclineForm, HandOverForm, ReturnForm
from .figures import DealForm
from .note import NoteForm
from .outcome import OutcomeForm
from .progress import Milestone, ProgressForm
