/** @odoo-module **/
/* global Chart */

import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {Layout} from "@web/search/layout";
import {loadBundle} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {useAddress} from "../compat";
import {useService} from "@web/core/utils/hooks";

const NAMES = [
    "period",
    "from",
    "to",
    "span",
    "sort",
    "limit",
    "by",
    "level",
    "activation",
    "direction",
    "team",
    "country",
    "reseller",
];
const LINE = {width: 90, height: 24, margin: 2};
const COLOR = "#71639e";
// What was looked at last, for those who come back from a list
let remembered = {};

export class ChannelDashboard extends Component {
    static template = "crm_reseller_performance.ChannelDashboard";
    static components = {Layout};
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.address = useAddress();
        this.canvas = useRef("canvas");
        this.display = {controlPanel: {}};
        this.selects = ["level", "activation", "direction", "team", "country"];
        this.asked = 0;
        this.wanted = null;
        this.state = useState({
            data: null,
            loading: false,
            trend: "accepted",
            showTable: false,
            figures: null,
        });
        onWillStart(async () => {
            await loadBundle("web.chartjs_lib");
            await this.load(this.readAddress());
        });
        onMounted(() => this.writeAddress());
        useEffect(
            () => this.draw(),
            () => [this.state.data, this.state.trend]
        );
        onWillUnmount(() => this.chart && this.chart.destroy());
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    readAddress() {
        const found = this.address.read();
        const options = {};
        for (const name of NAMES) {
            if (found[name] !== undefined && found[name] !== "") {
                options[name] = String(found[name]);
            }
        }
        return Object.keys(options).length ? options : {...remembered};
    }

    writeAddress() {
        const {options} = this.state.data;
        const values = {};
        for (const name of NAMES) {
            const custom = options.period === "custom";
            const kept = options[name] && (custom || !["from", "to"].includes(name));
            values[name] = kept ? options[name] : undefined;
        }
        remembered = values;
        this.address.write(values);
    }

    async load(options) {
        // Only the answer to what was asked last counts
        const number = ++this.asked;
        this.state.loading = true;
        try {
            const [data, figures] = await Promise.all([
                this.orm.call("crm.reseller.dashboard", "read_dashboard", [options]),
                this.state.figures && this.readFigures(options),
            ]);
            if (number === this.asked) {
                this.state.data = data;
                this.state.figures = figures;
            }
        } finally {
            if (number === this.asked) {
                this.state.loading = false;
                this.wanted = null;
            }
        }
    }

    readFigures(options) {
        return this.orm.call("crm.reseller.dashboard", "read_all_figures", [options]);
    }

    /** All figures are read when someone asks for them. */
    async toggleFigures() {
        if (this.state.figures) {
            this.state.figures = null;
            return;
        }
        const number = this.asked;
        const figures = await this.readFigures(this.state.data.options);
        if (number === this.asked) {
            this.state.figures = figures;
        }
    }

    async change(values) {
        // What was chosen a moment ago, and is not shown yet, counts as well
        this.wanted = {...(this.wanted || this.state.data.options), ...values};
        await this.load(this.wanted);
        this.writeAddress();
    }

    async changeDay(name, ev) {
        if (ev.target.value) {
            await this.change({period: "custom", [name]: ev.target.value});
        }
    }

    async open(key, groupBy = null, group = null, before = false) {
        const action = await this.orm.call("crm.reseller.dashboard", "get_records", [
            this.state.data.options,
            key,
            groupBy,
            group,
            before,
        ]);
        await this.action.doAction(action);
    }

    async send() {
        const action = await this.orm.call(
            "crm.reseller.dashboard",
            "open_send_figures",
            [this.state.data.options]
        );
        await this.action.doAction(action);
    }

    openLead(leadId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.lead",
            res_id: leadId,
            views: [[false, "form"]],
            target: "current",
        });
    }

    print() {
        window.print();
    }

    // ------------------------------------------------------------------
    // For the template
    // ------------------------------------------------------------------

    get exportUrl() {
        const query = new URLSearchParams();
        for (const name of NAMES) {
            if (this.state.data.options[name]) {
                query.set(name, this.state.data.options[name]);
            }
        }
        return `/crm_reseller_performance/channel.xlsx?${query}`;
    }

    /** What the chart shows: figures of which nothing is known have no trend. */
    get trend() {
        const {keys} = this.state.data.trend;
        return keys.includes(this.state.trend) ? this.state.trend : keys[0];
    }

    label(key) {
        return this.state.data.measures[key].label;
    }

    points(line) {
        const most = Math.max(...line, 1);
        const step = (LINE.width - 2 * LINE.margin) / Math.max(line.length - 1, 1);
        const height = LINE.height - 2 * LINE.margin;
        return line
            .map((value, number) => {
                const x = LINE.margin + number * step;
                const y = LINE.margin + height - (height * value) / most;
                return `${x.toFixed(1)},${y.toFixed(1)}`;
            })
            .join(" ");
    }

    // ------------------------------------------------------------------
    // Chart
    // ------------------------------------------------------------------

    draw() {
        if (this.chart) {
            this.chart.destroy();
            this.chart = null;
        }
        if (!this.canvas.el) {
            return;
        }
        const {keys, rows} = this.state.data.trend;
        const key = this.trend;
        const column = keys.indexOf(key);
        const isLine = !["count", "money"].includes(this.state.data.measures[key].unit);
        this.chart = new Chart(this.canvas.el, {
            type: isLine ? "line" : "bar",
            data: {
                labels: rows.map((row) => row.label),
                datasets: [
                    {
                        label: this.label(key),
                        data: rows.map((row) => row.figures[column].value),
                        backgroundColor: COLOR,
                        borderColor: COLOR,
                        spanGaps: true,
                    },
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                onClick: (ev, found) => {
                    if (found.length) {
                        const row = rows[found[0].index];
                        this.open(key, this.state.data.options.span, row.id);
                    }
                },
                plugins: {
                    legend: {display: false},
                    tooltip: {
                        callbacks: {
                            label: (item) => rows[item.dataIndex].figures[column].text,
                        },
                    },
                },
                scales: {
                    x: {grid: {display: false}},
                    y: {beginAtZero: true, ticks: {precision: 0, maxTicksLimit: 6}},
                },
            },
        });
    }
}

registry.category("actions").add("crm_reseller_dashboard", ChannelDashboard);
