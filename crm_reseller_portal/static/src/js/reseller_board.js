/** @odoo-module **/

/* With a mouse, a card of the board can be dragged: that presses its own button. */

const CARD = ".o_reseller_board_card";
let dragged = null;

function findButton(column) {
    return (
        dragged &&
        column &&
        dragged.querySelector(`button[value="${column.dataset.milestone}"]`)
    );
}

function mark(column) {
    for (const other of document.querySelectorAll(".o_reseller_column")) {
        other.classList.toggle("o_reseller_target", other === column);
    }
}

/* Only a mouse drags: a finger scrolls. */
document.addEventListener("pointerdown", (ev) => {
    const card = ev.target.closest && ev.target.closest(CARD);
    if (card) {
        card.draggable =
            ev.pointerType === "mouse" && Boolean(card.querySelector("button"));
    }
});

document.addEventListener("dragstart", (ev) => {
    dragged = (ev.target.closest && ev.target.closest(CARD)) || null;
    if (dragged) {
        ev.dataTransfer.effectAllowed = "move";
        ev.dataTransfer.setData("text/plain", dragged.dataset.deal);
    }
});

document.addEventListener("dragover", (ev) => {
    const column = ev.target.closest && ev.target.closest(".o_reseller_column");
    if (findButton(column)) {
        ev.preventDefault();
        mark(column);
    } else if (dragged) {
        mark(null);
    }
});

document.addEventListener("drop", (ev) => {
    const button = findButton(
        ev.target.closest && ev.target.closest(".o_reseller_column")
    );
    if (button) {
        ev.preventDefault();
        button.form.requestSubmit(button);
    }
});

document.addEventListener("dragend", () => {
    dragged = null;
    mark(null);
});
