from . import handout
from . import transitions
