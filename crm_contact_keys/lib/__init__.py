from . import customers
from . import phones
from . import texts
