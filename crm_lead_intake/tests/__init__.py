from . import test_intake
from . import test_real_files
from . import test_whose_address
