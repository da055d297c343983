from . import registration_lists
from . import registrations
