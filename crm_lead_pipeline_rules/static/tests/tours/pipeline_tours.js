/** @odoo-module **/

import {registry} from "@web/core/registry";

const group = (name) => `.o_kanban_group:has(.o_column_title:contains(${name}))`;
const card = (stage, lead) => `${group(stage)} .o_kanban_record:contains(${lead})`;

/** Tours of Odoo 17 and of later series call the same gestures by other names. */
function dragTo(selector) {
    return (actions) =>
        actions.drag_and_drop_native
            ? actions.drag_and_drop_native(selector)
            : actions.drag_and_drop(selector);
}

function type(text) {
    return (actions) => (actions.edit ? actions.edit(text) : actions.text(text));
}

const isLegacy = odoo.loader.modules.has("@web_tour/tour_service/tour_utils");
/** Up to Odoo 17 a step that only looks says so; later series refuse the word. */
const look = isLegacy ? {isCheck: true} : {};
/** And so does a tour that is a test. */
const test = isLegacy ? {test: true} : {};

/** Every step may take its time: the machine may be busy. */
function addTour(name, steps) {
    registry.category("web_tour.tours").add(name, {
        ...test,
        steps: () => steps().map((step) => ({timeout: 60000, ...step})),
    });
}

addTour("crm_pipeline_drag_forward", () => [
    {
        content: "One step forward",
        trigger: card("New", "Tour Lead"),
        run: dragTo(group("Qualified")),
    },
    {
        content: "The card is in the next column",
        trigger: card("Qualified", "Tour Lead"),
        ...look,
    },
    {
        content: "Open it",
        trigger: card("Qualified", "Tour Lead"),
        run: "click",
    },
    {
        content: "The lead is there as well",
        trigger: ".o_arrow_button_current:contains(Qualified)",
        ...look,
    },
]);

addTour("crm_pipeline_forbidden_drag", () => [
    {
        content: "Two steps at once",
        trigger: card("New", "Tour Lead"),
        run: dragTo(group("Negotiation")),
    },
    {
        content: "The sentence says what is allowed",
        trigger: ".modal-body:contains('the only allowed next stage is \"Qualified\"')",
        ...look,
    },
    {
        content: "Close it",
        trigger: ".modal-footer .btn-primary",
        run: "click",
    },
    {
        content: "The card is back",
        trigger: card("New", "Tour Lead"),
        ...look,
    },
]);

addTour("crm_pipeline_statusbar", () => [
    {
        content: "Only the next stage looks clickable",
        trigger: ".o_arrow_button:contains(Negotiation).o_pipeline_out_of_reach",
        ...look,
    },
    {
        content: "A stage out of reach answers with the sentence",
        trigger: ".o_arrow_button:contains(Negotiation)",
        run: "click",
    },
    {
        content: "It says why",
        trigger: ".modal-body:contains('From \"New\"')",
        ...look,
    },
    {
        content: "Close it",
        trigger: ".modal-footer .btn-primary",
        run: "click",
    },
    {
        content: "The bar is back, and the next stage is one click away",
        trigger: ".o_arrow_button_current:contains(New)",
        ...look,
    },
    {
        content: "Take it",
        trigger: ".o_arrow_button:contains(Qualified):not(.o_pipeline_out_of_reach)",
        run: "click",
    },
    {
        content: "The lead is one step on",
        trigger: ".o_arrow_button_current:contains(Qualified)",
        ...look,
    },
    {
        content: "And saved",
        trigger: ".o_action_manager:has(.o_form_status_indicator_buttons.invisible)",
        ...look,
    },
]);

addTour("crm_pipeline_claim", () => [
    {
        content: "Nobody owns the lead",
        trigger: ".o_form_statusbar:not(:has(button[name=action_log_call]))",
        ...look,
    },
    {
        content: "Claim it",
        trigger: "button[name=action_claim]",
        run: "click",
    },
    {
        content: "The work begins",
        trigger:
            ".o_form_statusbar:has(button[name=action_log_call])" +
            ":has(button[name=action_schedule_visit])" +
            ":has(button[name=action_set_won_rainbowman])" +
            ":has(button[name=action_mark_lost])" +
            ":not(:has(button[name=action_claim]))",
        ...look,
    },
]);

addTour("crm_pipeline_log_call", () => [
    {
        content: "Log a call",
        trigger: "button[name=action_log_call]",
        run: "click",
    },
    {
        content: "Nobody answered",
        trigger: ".o_field_widget[name=result] input[data-value=no_answer]",
        run: "click",
    },
    {
        content: "It took two minutes",
        trigger: ".o_field_widget[name=duration] input",
        run: type("2"),
    },
    {
        content: "What happened",
        trigger: ".o_field_widget[name=summary] textarea",
        run: type("Rang for long"),
    },
    {
        content: "A follow-up is suggested",
        trigger: ".o_field_widget[name=date_deadline]",
        ...look,
    },
    {
        content: "Log it",
        trigger: "button[name=action_log]",
        run: "click",
    },
    {
        content: "The chatter tells it",
        trigger: ".o-mail-Chatter:contains(Rang for long)",
        ...look,
    },
]);

addTour("crm_pipeline_lost", () => [
    {
        content: "Drop the card on Lost",
        trigger: card("New", "Tour Lead"),
        run: dragTo(group("Lost")),
    },
    {
        content: "The wizard asks why, and Other wants a note",
        trigger: ".o_selection_badge:contains(Other)",
        run: "click",
    },
    {
        content: "Notes are required now",
        trigger: ".o_required_modifier[name=lost_feedback]",
        ...look,
    },
    {
        content: "Price says enough",
        trigger: ".o_selection_badge:contains(Price)",
        run: "click",
    },
    {
        content: "Confirm",
        trigger: "button[name=action_lost_reason_apply]",
        run: "click",
    },
    {
        content: "The card has left the column",
        trigger: `${group("New")}:not(:has(.o_kanban_record:contains(Tour Lead)))`,
        ...look,
    },
]);
