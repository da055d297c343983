/** @odoo-module **/

/* Steps that tours are made of; they run on each series of Odoo. */

import {registry} from "@web/core/registry";

/** Up to Odoo 17 tours and steps say more of themselves; later series refuse that. */
function ifLegacy(marks) {
    // asked late: on the portal the tours are there before what plays them
    return odoo.loader.modules.has("@web_tour/tour_service/tour_utils") ? marks : {};
}

/** Every step may take its time: the machine may be busy. */
export function addTour(name, steps) {
    registry.category("web_tour.tours").add(name, {
        ...ifLegacy({test: true}),
        steps: () => steps().map((step) => ({timeout: 60000, ...step})),
    });
}

/** Follow a link or send a form: another page comes. */
export function go(trigger, content) {
    return {content, trigger, run: "click", expectUnloadPage: true};
}

export function click(trigger, content) {
    return {content, trigger, run: "click"};
}

/** Look, and touch nothing. */
export function see(trigger, content) {
    return {content, trigger, ...ifLegacy({isCheck: true})};
}

/** Fill a field by its id; kinds of fields differ less than the tours' gestures. */
export function fill(id, text) {
    return {
        content: `Fill ${id}`,
        trigger: `#${id}`,
        run() {
            const field = document.getElementById(id);
            field.value = text;
            field.dispatchEvent(new Event("input", {bubbles: true}));
            field.dispatchEvent(new Event("change", {bubbles: true}));
        },
    };
}

export function choose(id, label) {
    return {
        content: `Choose ${label}`,
        trigger: `#${id}:contains(${label})`,
        run() {
            const field = document.getElementById(id);
            const option = [...field.options].find((entry) =>
                entry.text.includes(label)
            );
            field.value = option.value;
            field.dispatchEvent(new Event("change", {bubbles: true}));
        },
    };
}

/** Type into a field of the backend, found by its name. */
export function type(name, text, kind = "input") {
    return {
        content: `Type into ${name}`,
        trigger: `.o_field_widget[name=${name}] ${kind}`,
        // Odoo 17 calls the gesture by another name than later series
        run: (actions) => (actions.edit ? actions.edit(text) : actions.text(text)),
    };
}

/** Choose a record in a field of the backend, as people do: by some letters of it. */
export function pick(name, letters, label) {
    return [
        type(name, letters),
        click(`.o-autocomplete--dropdown-item:contains(${label})`, `Choose ${label}`),
    ];
}

/** Attach a text file in a field of the backend. */
export function attach(name, fileName, text) {
    const field = `.o_field_widget[name=${name}]`;
    return [
        {
            content: `Attach ${fileName}`,
            trigger: `${field} .o_attach`,
            run() {
                const files = new window.DataTransfer();
                files.items.add(new File([text], fileName, {type: "text/plain"}));
                const input = document.querySelector(`${field} input[type=file]`);
                input.files = files.files;
                input.dispatchEvent(new Event("change", {bubbles: true}));
            },
        },
        see(`${field} .o_attachment:contains(${fileName})`, "The file is there"),
    ];
}
