from . import test_addresses
from . import test_customers
from . import test_dealership
from . import test_jsonrpc
from . import test_push
