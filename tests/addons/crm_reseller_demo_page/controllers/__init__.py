from . import wishes
