from . import test_winning
