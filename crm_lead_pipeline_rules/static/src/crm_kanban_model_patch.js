/** @odoo-module **/

import {CrmKanbanModel} from "@crm/views/crm_kanban/crm_kanban_model";
import {patch} from "@web/core/utils/patch";

import {loadLostStageIds, openLostWizard} from "./lost_stages";

patch(CrmKanbanModel.DynamicGroupList.prototype, {
    /**
     * A card dropped on a Lost column stays where it was and opens the wizard. Other
     * moves go to the server, whose refusal Odoo shows before it puts the card back.
     *
     * @override
     */
    async moveRecord(dataRecordId, dataGroupId, refId, targetGroupId) {
        const source = this.groups.find((group) => group.id === dataGroupId);
        const target = this.groups.find((group) => group.id === targetGroupId);
        const record = source?.list.records.find((rec) => rec.id === dataRecordId);
        if (
            record &&
            target &&
            source !== target &&
            target.groupByField.name === "stage_id"
        ) {
            const lostStageIds = await loadLostStageIds(this.model.orm);
            if (lostStageIds.includes(target.value)) {
                const {action} = this.model.env.services;
                return openLostWizard(action, [record.resId], () => this.model.load());
            }
        }
        return super.moveRecord(...arguments);
    },
});
