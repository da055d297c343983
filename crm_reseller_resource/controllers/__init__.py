from . import resource_cards
from . import resource_lists
from . import resources
from . import deal_resources
from . import search
