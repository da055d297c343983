"""What differs between the Odoo series this addon runs on."""


def send_notification(env, partner, message):
    """Show a toast to a person who is signed in.

    :param env: an environment
    :param partner: the person's ``res.partner``
    :param dict message: ``type``, ``title``, ``message``, ``sticky``
    """
    if hasattr(partner, "_bus_send"):  # from Odoo 18 on
        partner._bus_send("simple_notification", message)
    else:
        env["bus.bus"]._sendone(partner, "simple_notification", message)
