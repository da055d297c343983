from . import test_legacy
from . import test_import_wizard
