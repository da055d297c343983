/** @odoo-module **/

/**
 * Show the messages of a record that were written since its chatter was loaded.
 *
 * @param {Object} env the web client's environment
 * @param {string} model
 * @param {number} id
 */
export function fetchNewMessages(env, model, id) {
    const store = env.services["mail.store"];
    const thread = store && store.Thread.get({model, id});
    if (!thread) {
        return;
    }
    const service = env.services["mail.thread"];
    // A service of its own up to 17.0
    if (service && service.fetchNewMessages) {
        service.fetchNewMessages(thread);
    } else if (thread.fetchNewMessages) {
        thread.fetchNewMessages();
    }
}
