/** @odoo-module **/

import {WarningDialog} from "@web/core/errors/error_dialogs";
import {_t} from "@web/core/l10n/translation";
import {fetchNewMessages} from "./compat";
import {registry} from "@web/core/registry";

/** What is shown when leads were not won because their order could not be created. */
export class DealerOrderDialog extends WarningDialog {
    setup() {
        super.setup();
        this.title = _t("Not marked as won");
        // The reason is in the chatter by now, of which the open form knows nothing
        const context = (this.props.data && this.props.data.context) || {};
        for (const id of context.lead_ids || []) {
            fetchNewMessages(this.env, "crm.lead", id);
        }
    }
}

registry
    .category("error_dialogs")
    .add("odoo.addons.crm_dealer_push.exceptions.DealerOrderError", DealerOrderDialog);
