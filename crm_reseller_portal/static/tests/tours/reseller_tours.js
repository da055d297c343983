/** @odoo-module **/

import {addTour, choose, click, fill, go, see} from "./steps";

addTour("crm_reseller_portal_win", () => [
    see(
        ".o_reseller_home:contains('1 lead is waiting for your answer')",
        "Something waits"
    ),
    go(".o_reseller_waiting a:contains('Tour pumps')", "Open the lead"),
    see("#reseller_request_title", "The request is there"),
    go('#reseller_accept button:contains("I\'m interested")', "Accept"),
    see(".alert-success:contains('the lead is yours')", "It says what happened"),
    go("button:contains('Convert to opportunity')", "Convert"),
    see(".alert-success:contains('is an opportunity now')", "It is an opportunity"),
    fill("reseller_expected_revenue", "12,500"),
    fill("reseller_probability", "60"),
    fill("reseller_step_date", "2031-05-06"),
    fill("reseller_step_summary", "Visit the works"),
    go(".o_reseller_save", "Save the figures"),
    see(".alert-success:contains('Saved')", "Saved"),
    see(
        "#reseller_expected_revenue[value='12,500']",
        "The amount is shown as people write it"
    ),
    fill("reseller_note", "They want a demonstration"),
    go(".o_reseller_save", "Send the note"),
    see(
        ".o_reseller_history:contains('They want a demonstration')",
        "The note is there"
    ),
    go("button:contains('Report won')", "Report the result"),
    fill("reseller_order", "SO-4711"),
    go("button:contains('Report won')", "Send the report"),
    see(".alert-info:contains('won'):contains('SO-4711')", "The report is told"),
]);

addTour("crm_reseller_portal_decline", () => [
    go(".o_reseller_table a:contains('Tour pumps')", "Open the lead"),
    click("a[data-bs-target='#reseller_decline']", "Decline"),
    // up to Odoo 17 a tour looks for its triggers inside the popup that is open
    see(".modal-title:contains('Decline this lead')", "The popup is open"),
    click("label:contains('Not my territory (test)')", "Choose the reason"),
    fill("reseller_decline_comment", "Too far north"),
    click("#reseller_contacted", "The customer knows"),
    go("button[type=submit]:contains('Decline the lead')", "Send"),
    see(".alert-success:contains('You declined the lead')", "It says what happened"),
    see(".o_reseller_empty", "Nothing is left"),
]);

addTour("crm_reseller_portal_hand_over", () => [
    go(".o_reseller_table a:contains('Tour pumps')", "Open the opportunity"),
    choose("reseller_colleague_id", "alder_ben"),
    go("button:contains('Hand over')", "Hand over"),
    see(".alert-success:contains('alder_ben')", "It says who has it now"),
]);

addTour("crm_reseller_portal_take_over", () => [
    go(".o_reseller_table a:contains('Tour pumps')", "Open the opportunity"),
    see("section:contains('Person in charge'):contains('alder_ben')", "It is mine"),
    fill("reseller_note", "I call them tomorrow"),
    go(".o_reseller_save", "Send the note"),
    see(".o_reseller_history:contains('I call them tomorrow')", "The note is there"),
]);
