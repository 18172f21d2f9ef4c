from tests.support import branches as branches  # starts measuring before ours is imported
