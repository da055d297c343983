"""Test the connection to the demo dealership, as its button does."""


def main(env, arguments):
    """Press *Test Connection*; the dealer's server answers by now.

    :param env: environment of the channel's database
    :param arguments: none are needed
    :return: whether the connection works
    """
    dealership = env.ref("crm_dealer_push.demo_dealership")
    dealership.action_test_connection()
    return dealership.connection_state == "ok"
