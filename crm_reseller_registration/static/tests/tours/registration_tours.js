/** @odoo-module **/

/* The life of a registration: what a reseller does on the portal, and what an agent
   does with it in the backend. A test plays some of them in turn. */

import {
    addTour,
    attach,
    choose,
    click,
    fill,
    go,
    pick,
    see,
    type,
} from "@crm_reseller_portal/../tests/tours/steps";

const addLife = (name, steps) => addTour(`crm_reseller_registration_${name}`, steps);
const page = (text) => `.o_reseller:contains("${text}")`;
const without = (text) => `.o_reseller:not(:contains("${text}"))`;
const link = (text) => `.o_reseller a:contains("${text}")`;
const button = (name) => `button[name=${name}]`;
const row = (name) => `.o_data_row:contains("${name}")`;
const state = (label) => `.o_arrow_button_current:contains("${label}")`;

/** The reseller finds its registration in the list. */
const find = () => [go(link("Twelve presses"), "Open the registration")];

const submit = () => [
    go('.o_reseller button[value="submit"]', "Submit"),
    see(".alert-success:contains('Our team has been notified')", "It was submitted"),
    see(page("Our team decides by"), "It says what is next"),
];

/** The agent finds it in the list of what waits for a decision. */
const open = () => [
    click(`${row("Twelve presses")} .o_data_cell[name=name]`, "Open the registration"),
    see(state("Submitted"), "It waits for a decision"),
];

// ---------------------------------------------------------------------------
// The reseller
// ---------------------------------------------------------------------------

addLife("new_company", () => [
    go(link("Register an opportunity"), "Register a deal"),
    fill("reseller_name", "Twelve presses"),
    see("#reseller_company_search", "A known company is searched"),
    click("#reseller_new_company", "The company is new"),
    see(
        "form:not(:has(#reseller_company_search:visible)) #reseller_company_name",
        "What is asked follows the switch"
    ),
    fill("reseller_company_name", "Quercus Werke GmbH"),
    fill("reseller_website", "www.quercus.example"),
    fill("reseller_vat", "123 456 789"),
    click("#reseller_new_contact", "So is the person"),
    see("#reseller_first_name", "The person's name is asked"),
    fill("reseller_first_name", "Carla"),
    fill("reseller_last_name", "Quercus"),
    fill("reseller_budget", "12,000"),
    fill("reseller_comment", "They want it soon."),
    ...submit(),
    see(page("No one has registered this customer before you."), "It is free"),
    see(".o_reseller_history:contains('They want it soon.')", "The comment is there"),
]);

addLife("existing_company", () => [
    fill("reseller_name", "Twelve presses"),
    fill("reseller_company_search", "Sal"),
    go('.o_reseller button[value="search"]', "Search"),
    click("#reseller_partner_id label:contains('Salix')", "Choose the company"),
    go('.o_reseller button[value="choose"]', "Show its contacts"),
    see("#reseller_name[value='Twelve presses']", "What was typed is kept"),
    choose("reseller_contact_id", "Sally Salix"),
    ...submit(),
    see(".o_reseller_facts:contains('Sally Salix')", "The person is named"),
]);

addLife("answer", () => [
    ...find(),
    see(page("Answer our question by editing"), "It says what is next"),
    see(".alert-warning:contains('Which size?')", "The question is there"),
    go(link("Answer and submit again"), "Answer"),
    see(".alert-warning:contains('Which size?')", "The question is at the form"),
    see("#reseller_company_name[value='Quercus Werke GmbH']", "All is kept"),
    fill("reseller_requirements", "Size L"),
    ...submit(),
    see(".o_reseller_facts:contains('Size L')", "The answer is there"),
]);

addLife("withdraw", () => [
    ...find(),
    go(link("Withdraw"), "Withdraw"),
    go(".o_reseller button:contains('Withdraw')", "Without a reason"),
    see("#reseller_reason.is-invalid", "A reason is wanted"),
    fill("reseller_reason", "They bought elsewhere"),
    go(".o_reseller button:contains('Withdraw')", "Withdraw"),
    see(".alert-success:contains('was withdrawn')", "It says what happened"),
    see(page("Your company withdrew"), "And how it stands"),
    see(without("Complete and submit"), "Nothing is left to do"),
]);

addLife("ask_for_time", () => [
    ...find(),
    go(link("Ask for more time"), "Ask for more time"),
    fill("reseller_days", "30"),
    fill("reseller_reason", "Budget in June"),
    go(".o_reseller form button:contains('Ask')", "Ask"),
    see(".alert-success:contains('Our team decides on it')", "It says what is next"),
    see(without("Ask for more time"), "One request at a time"),
]);

// what the reseller finds after the team has decided

addLife("see_qualified", () => [
    ...find(),
    see(page("The deal is protected until"), "It is protected"),
    go(link("Open the opportunity"), "Open the deal"),
    see("h1:contains('Twelve presses')", "The deal is there"),
    see("#reseller_expected_revenue[value='12,000']", "With its budget"),
]);

addLife("see_expired", () => [
    ...find(),
    see(page("was not answered in time"), "It expired"),
    see(without("Answer and submit again"), "It is too late to answer"),
]);

// ---------------------------------------------------------------------------
// The agent
// ---------------------------------------------------------------------------

addLife("qualify", () => [
    ...open(),
    click(button("action_qualify"), "Qualify"),
    see(state("Qualified"), "It is qualified"),
    see(
        ".o_field_widget[name=protection]:contains('Protected')",
        "The deal is protected"
    ),
    click(button("action_open_lead"), "Open the opportunity"),
    see(".o_lead_opportunity_form", "The opportunity is there"),
]);

addLife("qualify_many", () => [
    click(".o_facet_remove", "Show those that wait for the reseller, too"),
    click(`${row("Six lathes")} .o_list_record_selector input`, "Choose one"),
    click(`${row("Twelve presses")} .o_list_record_selector input`, "And another"),
    click(`.o_control_panel ${button("action_qualify")}`, "Qualify both"),
    see(
        // up to Odoo 17 a tour looks for its triggers inside the popup that is open
        `${row("Six lathes")}:contains('Only a submitted registration')`,
        "It says what could not be done"
    ),
    see(".o_field_widget[name=done_count]:contains('1')", "One was done"),
    click(".modal-footer button:contains('Close')", "Close"),
    see(
        `${row("Twelve presses")} .o_data_cell[name=state]:contains('Qualified')`,
        "One is qualified"
    ),
    see(
        `${row("Six lathes")} .o_data_cell[name=state]:contains('More Information')`,
        "The other waits"
    ),
]);

addLife("ask", () => [
    ...open(),
    click(button("action_open_return"), "Ask a question"),
    type("text", "Which size?", "textarea"),
    click(button("action_confirm"), "Send it"),
    see(state("More Information Wanted"), "It waits for the reseller"),
    see(".o_field_widget[name=question]:contains('Which size?')", "It says for what"),
]);

addLife("reject", () => [
    ...open(),
    click(button("action_open_reject"), "Reject"),
    ...pick("reason_id", "registered before", "This deal was registered before"),
    type("text", "So sorry.", "textarea"),
    click(button("action_confirm"), "Confirm"),
    see(state("Rejected"), "It is rejected"),
    see(".o_field_widget[name=reason_text]:contains('So sorry.')", "It says why"),
]);

addLife("grant_time", () => [
    click(".nav-link[name=extensions]", "Look at what was asked for"),
    see(`${row("Budget in June")}:contains('30')`, "Thirty days"),
    click(`${row("Budget in June")} ${button("action_grant")}`, "Grant them"),
    see(
        `.o_field_widget[name=extension_ids]:not(:has(${button("action_grant")}))`,
        "Nothing is left to decide"
    ),
]);

addLife("customer_decided", () => [
    ...open(),
    see(
        ".o_field_widget[name=conflict_ids] .o_data_row:contains('Birch')",
        "Another reseller has it"
    ),
    click(button("action_open_override"), "The customer decided"),
    type("text", "Letter of today", "textarea"),
    ...attach("attachment_ids", "letter.txt", "We want Alder."),
    click(button("action_confirm"), "Confirm"),
    see(state("Qualified"), "It is qualified"),
    see(
        ".o_field_widget[name=protection]:contains('Protected')",
        "The protection is here"
    ),
]);
