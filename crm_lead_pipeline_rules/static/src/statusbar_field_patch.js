/** @odoo-module **/

import {status, useEffect} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {patch} from "@web/core/utils/patch";
import {useService} from "@web/core/utils/hooks";
import {StatusBarField} from "@web/views/fields/statusbar/statusbar_field";

import {loadLostStageIds, openLostWizard} from "./lost_stages";

/**
 * The status bar of a lead: only the next stage looks clickable, Lost opens the wizard,
 * and where the server refuses a move the bar goes back to where it was.
 */
patch(StatusBarField.prototype, {
    setup() {
        super.setup(...arguments);
        if (this.isLeadPipeline) {
            this.pipelineServices = {
                orm: useService("orm"),
                action: useService("action"),
            };
            useEffect(() => this.markStagesOutOfReach());
        }
    },

    get isLeadPipeline() {
        const {name, record} = this.props;
        return (
            record.resModel === "crm.lead" &&
            name === "stage_id" &&
            "next_stage_id" in record.activeFields
        );
    },

    /** Many2one values are pairs up to Odoo 18 and objects from then on. */
    get nextStageId() {
        const next = this.props.record.data.next_stage_id;
        return next && (Array.isArray(next) ? next[0] : next.id);
    },

    markStagesOutOfReach() {
        const nextStageId = this.nextStageId;
        const buttons = this.rootRef.el?.querySelectorAll(
            ".o_arrow_button[data-value]"
        );
        for (const button of buttons || []) {
            const current = button.classList.contains("o_arrow_button_current");
            const isNext = Number(button.dataset.value) === nextStageId;
            button.classList.toggle("o_pipeline_out_of_reach", !current && !isNext);
        }
    },

    getDropdownItemClassNames(item) {
        const names = super.getDropdownItemClassNames(...arguments);
        const muted =
            this.isLeadPipeline && !item.isSelected && item.value !== this.nextStageId;
        return muted ? `${names} o_pipeline_out_of_reach` : names;
    },

    async selectItem(item) {
        if (!this.isLeadPipeline) {
            await super.selectItem(...arguments);
            return;
        }
        const {name, record} = this.props;
        const {action, orm} = this.pipelineServices;
        if ((await loadLostStageIds(orm)).includes(item.value)) {
            if ((await record.save()) !== false) {
                await openLostWizard(action, [record.resId], () => record.load());
            }
            return;
        }
        const stage = record.data[name];
        const wasDirty = await record.isDirty();
        try {
            await super.selectItem(...arguments);
        } catch (error) {
            await (wasDirty ? record.update({[name]: stage}) : record.discard());
            // The bar ignores changes while it measures itself: let it look again.
            browser.requestAnimationFrame(() => {
                if (status(this) === "mounted") {
                    this.render();
                }
            });
            throw error;
        }
    },
});
