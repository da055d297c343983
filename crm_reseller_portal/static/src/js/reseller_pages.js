/** @odoo-module **/

/* The pages work without this: it only helps while a form is filled in. */

const KEPT = "form.o_reseller_keep";
let submitting = false;

function isChanged(form) {
    return [...form.elements].some((field) => {
        if (field.type === "hidden" || !field.name || field.tagName === "BUTTON") {
            return false;
        }
        if (field.type === "checkbox" || field.type === "radio") {
            return field.checked !== field.defaultChecked;
        }
        if (field.tagName === "SELECT") {
            const chosen = [...field.options].findIndex((o) => o.defaultSelected);
            return field.selectedIndex !== Math.max(chosen, 0);
        }
        return field.value !== field.defaultValue;
    });
}

/* A reason that needs a comment says so in the popup, not on another page. */
function requireComment(form) {
    const reason = form.querySelector("input[type=radio]:checked");
    const comment = form.querySelector("textarea[name=comment]");
    if (!comment || !form.querySelector("[data-needs-comment]")) {
        return;
    }
    const needed = Boolean(reason && reason.dataset.needsComment);
    comment.required = needed;
    const note = form.querySelector(".o_reseller_required");
    if (note) {
        note.hidden = !needed;
    }
}

document.addEventListener("change", (ev) => {
    const form = ev.target.closest && ev.target.closest(".o_reseller form");
    if (form) {
        requireComment(form);
    }
});

/* The second of two clicks on a button sends nothing. */

const SECONDS_OF_A_DOUBLE_CLICK = 3;

document.addEventListener("submit", (ev) => {
    if (!ev.target.matches(".o_reseller form[method=post]")) {
        return;
    }
    if (ev.target.dataset.sent) {
        ev.preventDefault();
        return;
    }
    ev.target.dataset.sent = "1";
    setTimeout(() => delete ev.target.dataset.sent, SECONDS_OF_A_DOUBLE_CLICK * 1000);
});

document.addEventListener("submit", (ev) => {
    const changed = [...document.querySelectorAll(KEPT)].filter(isChanged);
    submitting = changed.every((form) => form === ev.target);
    if (ev.target.matches(".o_reseller form[method=post]")) {
        keepTyped(ev.target);
    }
});

/* What was typed survives a sign-in in between: the browser keeps it for this window
   until the next page of ours, which puts it back if nothing was saved. */

const TYPED = "reseller_typed";
const WRITTEN = "textarea, input[type=text], input[type=search], input:not([type])";

function keepTyped(form) {
    const values = [...form.querySelectorAll(WRITTEN)]
        .filter((field) => field.name && field.value)
        .map((field) => [field.name, field.value]);
    const path = new URL(form.action, location.href).pathname;
    sessionStorage.setItem(TYPED, JSON.stringify({path, values}));
}

function putBackTyped() {
    if (!document.querySelector(".o_reseller")) {
        return;
    }
    const kept = JSON.parse(sessionStorage.getItem(TYPED) || "null");
    sessionStorage.removeItem(TYPED);
    if (!kept || !document.querySelector("[data-reseller-again]")) {
        return;
    }
    const form = [...document.querySelectorAll(".o_reseller form[method=post]")].find(
        (one) => new URL(one.action, location.href).pathname === kept.path
    );
    for (const [name, value] of form ? kept.values : []) {
        const field = form.elements[name];
        if (field && "value" in field && !field.value) {
            field.value = value;
            const folded = field.closest("details");
            if (folded) {
                folded.open = true;
            }
        }
    }
}

if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", putBackTyped);
} else {
    putBackTyped();
}

window.addEventListener("beforeunload", (ev) => {
    if (!submitting && [...document.querySelectorAll(KEPT)].some(isChanged)) {
        ev.preventDefault();
        ev.returnValue = "";
    }
});

/* A link that looks like a button is pressed like one. */
document.addEventListener("keydown", (ev) => {
    const link = ev.target.closest && ev.target.closest(".o_reseller a[role=button]");
    if (link && ev.key === " ") {
        ev.preventDefault();
        link.click();
    }
});

document.addEventListener("shown.bs.modal", (ev) => {
    const popup = ev.target;
    const first =
        popup.id === "reseller_decline" && popup.querySelector("input[type=radio]");
    if (first) {
        first.focus();
    }
});
