from . import performance
