/** @odoo-module **/

/**
 * Lost is the one stage a lead does not reach by being moved there: the wizard asks for
 * a reason first.
 */

/**
 * @param {Object} orm the ORM service
 * @returns {Promise<number[]>} ids of the Lost stages
 */
export async function loadLostStageIds(orm) {
    const stages = await orm.searchRead("crm.stage", [["is_lost", "=", true]], ["id"]);
    return stages.map((stage) => stage.id);
}

/**
 * @param {Object} action the action service
 * @param {number[]} leadIds
 * @param {Function} onClose called when the wizard is gone, confirmed or not
 */
export function openLostWizard(action, leadIds, onClose) {
    return action.doAction("crm.crm_lead_lost_action", {
        additionalContext: {
            active_id: leadIds[0],
            active_ids: leadIds,
            active_model: "crm.lead",
        },
        onClose,
    });
}
