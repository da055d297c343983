from . import registration_lists
from . import registrations
from . import registration_choices
from . import registration_form
from . import registration_actions
from . import registration_links
