/** @odoo-module **/

import {registry} from "@web/core/registry";

const isLegacy = odoo.loader.modules.has("@web_tour/tour_service/tour_utils");
/** Up to Odoo 17 a step that only looks says so; later series refuse the word. */
const look = isLegacy ? {isCheck: true} : {};
/** And so does a tour that is a test. */
const test = isLegacy ? {test: true} : {};

const page = (words) => `.o_reseller_dashboard ${words}`;

/** The choice of a value: the page reads what a person chose. */
function choose(value) {
    return () => {
        const select = document.querySelector(page("select[name=period]"));
        select.value = value;
        select.dispatchEvent(new Event("change", {bubbles: true}));
    };
}

/** The address follows a moment later. */
async function checkAddress() {
    for (let waited = 0; waited < 100; waited++) {
        const address = window.location.href;
        if (address.includes("period=last_90") && address.includes("level=")) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`Not in the address: ${window.location.href}`);
}

/** Every step may take its time: the machine may be busy. */
function addTour(name, steps) {
    registry.category("web_tour.tours").add(name, {
        ...test,
        steps: () => steps().map((step) => ({timeout: 60000, ...step})),
    });
}

addTour("crm_reseller_dashboard", () => [
    {
        content: "The filter of the address is chosen",
        trigger: page(".o_reseller_export[href*=level]"),
        ...look,
    },
    {
        content: "Four offers",
        trigger: page(".o_reseller_tile[data-key=offers]:contains(4)"),
        ...look,
    },
    {
        content: "Show the chart as a table",
        trigger: page(".o_reseller_table_toggle"),
        run: "click",
    },
    {
        content: "The table has numbers",
        trigger: page("#o_reseller_trend_table .o_reseller_number[data-key=offers]"),
        ...look,
    },
    {
        content: "Another period",
        trigger: page("select[name=period]"),
        run: choose("last_90"),
    },
    {
        content: "The address says so",
        trigger: page(".o_reseller_export[href*=last_90]"),
        run: checkAddress,
    },
    {
        content: "Open what Alfa accepted",
        trigger: page(
            ".o_reseller_ranking tr:contains(Alfa) .o_reseller_number[data-key=accepted]"
        ),
        run: "click",
    },
    {
        content: "It is one offer",
        trigger: ".o_list_view .o_data_row:contains(Tour Lead 0)",
        run: () => {
            if (document.querySelectorAll(".o_data_row").length !== 1) {
                throw new Error("The list has more than one offer");
            }
        },
    },
    {
        content: "Back to the dashboard",
        trigger: ".o_control_panel .breadcrumb-item a",
        run: "click",
    },
    {
        content: "The filters are still there",
        trigger: page(".o_reseller_export[href*=last_90][href*=level]"),
        ...look,
    },
]);
