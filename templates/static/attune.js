/* Attune's kit for a shop's pages: identify, track, page, and recommendations with their reasons.
   attune.init({ key: "pk_…", host: "", userId, shopperToken }); no cookies, no dependencies. */
(() => {
  const STORE = "attune";
  let config = {};
  const read = (name, otherwise) => {
    try { return JSON.parse(localStorage.getItem(`${STORE}.${name}`)) ?? otherwise; } catch { return otherwise; }
  };
  const write = (name, value) => {
    try { localStorage.setItem(`${STORE}.${name}`, JSON.stringify(value)); } catch { /* private mode: kept for this page only */ }
  };
  const uuid = () => (crypto.randomUUID ? crypto.randomUUID()
    : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16)));
  const anonymousId = () => {
    let id = read("anonymousId", null);
    if (!id) write("anonymousId", (id = uuid()));
    return id;
  };
  const head = (extra) => ({ Authorization: `Bearer ${config.key}`, ...extra });

  /* What could not be sent is kept and sent again; its messageId makes it count once. */
  const post = (event) => fetch(`${config.host || ""}/v1/${event.type}`, {
    method: "POST", keepalive: true, headers: head({ "Content-Type": "application/json" }), body: JSON.stringify(event),
  }).then((answer) => {
    if (answer.status === 429 || answer.status >= 500) throw new Error(`busy: ${answer.status}`);
    return answer.ok;
  });
  const flush = async () => {
    const waiting = read("queue", []);
    for (const event of waiting) {
      try { await post(event); } catch { return; }
      write("queue", read("queue", []).filter((e) => e.messageId !== event.messageId));
    }
  };
  const send = async (type, fields) => {
    const event = {
      type, messageId: uuid(), timestamp: new Date().toISOString(), anonymousId: anonymousId(),
      ...(config.userId ? { userId: String(config.userId) } : {}),
      context: { page: { url: location.href, title: document.title, referrer: document.referrer }, library: { name: "attune.js" } },
      ...fields,
    };
    try { return await post(event); } catch {
      write("queue", [...read("queue", []), event].slice(-50));
      return false;
    }
  };

  /* { items, decision_id, model_version, placement } plus `ms`, the server's own time. */
  const recommend = async ({ placement = "home", limit, itemIds = [], channel = "web" } = {}) => {
    const query = new URLSearchParams({ placement, channel });
    if (limit) query.set("limit", limit);
    if (config.userId && config.shopperToken) query.set("user_id", config.userId);
    else query.set("anonymous_id", anonymousId());
    for (const id of itemIds) query.append("item_id", id);
    const answer = await fetch(`${config.host || ""}/api/v1/recommendations?${query}`, {
      headers: head(config.shopperToken ? { "X-Shopper-Token": config.shopperToken } : {}),
    });
    const body = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(body.detail || body.message || `Error ${answer.status}`), { status: answer.status });
    const timing = /total;dur=([\d.]+)/.exec(answer.headers.get("Server-Timing") || "");
    return { ...body, ms: timing ? Number(timing[1]) : null, cached: /cache/.test(answer.headers.get("Server-Timing") || "") };
  };

  /* Fill an element with a list: title, price, reason. `card(item, answer)` may return an element of your own. */
  const render = async (element, { card, ...options } = {}) => {
    const answer = await recommend(options);
    const plain = (item) => {
      const node = document.createElement("li");
      const link = Object.assign(document.createElement("a"), { textContent: item.title, href: item.url || "#" });
      const reason = Object.assign(document.createElement("small"), { textContent: item.reason });
      node.append(link, " ", item.price == null ? "" : `${item.currency} ${item.price}`, " ", reason);
      return node;
    };
    element.replaceChildren(...answer.items.map((item) => (card || plain)(item, answer)));
    return answer;
  };

  window.attune = {
    init(options) { config = { ...config, ...options }; flush(); addEventListener("online", flush); return this; },
    identify(userId, traits = {}) { config.userId = userId; return send("identify", { userId: String(userId), traits }); },
    track: (event, properties = {}) => send("track", { event, properties }),
    page: (name, properties = {}) => send("page", { name, properties }),
    recommend, render, anonymousId,
    reset() { config.userId = config.shopperToken = undefined; write("anonymousId", null); },
  };
})();
