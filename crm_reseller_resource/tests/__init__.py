from . import test_directions
from . import test_deals
from . import test_download
from . import test_recall
from . import test_resource_pages
from . import test_routes
from . import test_versions
from . import test_videos
