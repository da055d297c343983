/** @odoo-module **/

// What differs between the Odoo series. engine/port.py swaps the two parts.
//#if 17
import {useService} from "@web/core/utils/hooks";

/** The values in the address: in its hash up to Odoo 17. */
export function useAddress() {
    const router = useService("router");
    return {
        read: () => router.current.hash,
        write: (values) => router.pushState(values),
    };
}
//#else
// import {router} from "@web/core/browser/router";
//
// /** The values in the address: in its query from Odoo 18 on. */
// export function useAddress() {
//     return {
//         read: () => router.current,
//         write: (values) => router.pushState(values),
//     };
// }
//#endif
