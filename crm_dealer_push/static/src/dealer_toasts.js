/** @odoo-module **/

import {registry} from "@web/core/registry";
import {session} from "@web/session";

/** Messages about dealers' orders, in the windows that were open when they were sent. */
export const dealerToasts = {
    dependencies: ["bus_service", "notification"],
    start(env, {bus_service: bus, notification}) {
        const since = session.dealer_toasts_since || 0;
        bus.subscribe("crm_dealer_push.toast", (toast) => {
            if (toast.sent_on < since) {
                return;
            }
            notification.add(toast.message, {
                sticky: toast.sticky,
                title: toast.title || undefined,
                type: toast.type,
            });
        });
        bus.start();
    },
};

registry.category("services").add("crm_dealer_push.toasts", dealerToasts);
