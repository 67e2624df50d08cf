/* The shop window's script: shelves from the API, events to the API, and what changed in between. */
(() => {
  const config = JSON.parse(document.getElementById("shop-config").textContent);
  const $ = (selector, root = document) => root.querySelector(selector);
  const shop = attune.init({ key: config.key, userId: config.user_id || undefined, shopperToken: config.token || undefined });
  const shelves = new Map();
  const money = (currency, amount) => amount == null ? "" : new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: currency || config.currency }).format(amount);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  let silence;
  const say = (text) => {
    const toast = $("#said");
    toast.textContent = text;
    toast.classList.add("on");
    clearTimeout(silence);
    silence = setTimeout(() => toast.classList.remove("on"), 5000);
  };

  /* Cards */
  const cardOf = (item, answer, place, before) => {
    const card = $("#card").content.firstElementChild.cloneNode(true);
    const href = config.item.replace("ITEM", encodeURIComponent(item.item_id));
    Object.assign(card.dataset, { id: item.item_id, name: item.title, price: item.price ?? "", currency: item.currency || "", category: item.category || "", decision: answer.decision_id });
    const picture = $(".pic", card);
    picture.href = href;
    picture.tabIndex = -1;
    picture.setAttribute("aria-hidden", "true");
    $("img", card).src = item.image || `${config.tile}?category=${encodeURIComponent(item.category || "")}`;
    Object.assign($(".name", card), { href, textContent: item.title });
    $(".price", card).textContent = money(item.currency, item.price);
    $(".reason", card).textContent = item.reason || "";
    for (const button of card.querySelectorAll("button")) button.setAttribute("aria-label", `${button.textContent}: ${item.title}`);
    if (before) {
      const was = before.indexOf(item.item_id);
      const flag = $(".flag", card);
      if (was < 0) { card.classList.add("new"); flag.textContent = "New"; }
      else if (was !== place) { card.classList.add("moved", was > place ? "up" : "down"); flag.textContent = was > place ? `▲ ${was - place}` : `▼ ${place - was}`; }
      flag.hidden = !flag.textContent;
    }
    return card;
  };

  const options = (shelf) => ({ placement: shelf.dataset.placement, limit: Number(shelf.dataset.limit), itemIds: shelf.dataset.item ? [shelf.dataset.item] : [] });
  const show = (shelf, answer, before) => {
    const list = $(".cards", shelf);
    shelves.set(shelf, answer);
    list.replaceChildren(...answer.items.map((item, place) => cardOf(item, answer, place, before)));
    list.setAttribute("aria-busy", "false");
    $(".meta", shelf).textContent = [answer.model_version && `model ${answer.model_version}`, answer.cached ? "from the cache" : answer.ms != null && `answered in ${answer.ms.toFixed(1)} ms`].filter(Boolean).join(" · ");
    if (!answer.items.length) list.append(Object.assign(document.createElement("li"), { className: "none", textContent: answer.blocked ? "Nothing may be shown here." : "Nothing to show here yet." }));
  };
  const fill = async (shelf) => {
    const list = $(".cards", shelf);
    const ghost = () => { const li = document.createElement("li"); li.className = "card ghosted"; li.innerHTML = '<span class="pic"></span><span class="bar"></span><span class="bar"></span>'; li.setAttribute("aria-hidden", "true"); return li; };
    list.replaceChildren(...Array.from({ length: Math.min(5, Number(shelf.dataset.limit)) }, ghost));
    try { show(shelf, await shop.recommend(options(shelf))); } catch (error) {
      list.setAttribute("aria-busy", "false");
      const again = Object.assign(document.createElement("button"), { className: "link", type: "button", textContent: "Try again" });
      again.addEventListener("click", () => fill(shelf));
      const line = Object.assign(document.createElement("li"), { className: "none", textContent: `${error.message} ` });
      line.append(again);
      list.replaceChildren(line);
    }
  };

  /* After an event: ask again until the answer was made with it, then show what moved. An answer that is new but alike
     may still be one made before the event: it is believed only after a few more. */
  const STEPS = [250, 250, 400, 400, 600, 800, 1000, 1500];
  const CALM = 3;
  const compared = (answer, before) => {
    const after = answer.items.map((item) => item.item_id);
    return {
      fresh: after.filter((id) => !before.includes(id)).length,
      moved: after.filter((id, place) => before.includes(id) && before[place] !== id).length,
    };
  };
  const refreshed = async (shelf, old) => {
    const before = old.items.map((item) => item.item_id);
    let latest = null, alike = 0, change = { fresh: 0, moved: 0 };
    for (const wait of STEPS) {
      await pause(wait);
      const answer = await shop.recommend(options(shelf)).catch(() => null);
      if (!answer || answer.decision_id === old.decision_id) continue;
      latest = answer;
      change = compared(answer, before);
      alike += 1;
      if (change.fresh || change.moved || alike >= CALM) break;
    }
    if (latest) show(shelf, latest, before);
    return change;
  };
  const refresh = async () => {
    const changes = await Promise.all([...shelves].map(([shelf, old]) => refreshed(shelf, old)));
    const { fresh, moved } = changes[0] || { fresh: 0, moved: 0 };
    const parts = [fresh && `${fresh} new`, moved && `${moved} moved`].filter(Boolean);
    say(parts.length ? `Your shelf changed: ${parts.join(", ")}` : "Counted. Your shelf stays as it was");
  };

  /* Events, by their names in the e-commerce tracking spec */
  const basket = { key: "shop.basket", get: () => JSON.parse(sessionStorage.getItem("shop.basket") || "[]"), set(lines) { sessionStorage.setItem("shop.basket", JSON.stringify(lines)); this.draw(); }, draw() { const n = this.get().length; $("#basket").hidden = !n; $("#basket-count").textContent = n; } };
  const product = (data) => ({ product_id: data.id, name: data.name, category: data.category, ...(data.price ? { price: Number(data.price), currency: data.currency || config.currency } : {}), quantity: 1 });
  const order = (lines) => ({ order_id: `web-${crypto.randomUUID ? crypto.randomUUID() : Date.now()}`, currency: lines[0].currency || config.currency, revenue: lines.reduce((sum, line) => sum + (line.price || 0) * line.quantity, 0), products: lines });
  const ACTS = {
    view: { done: "Viewed", send: (p) => shop.track("Product Viewed", p) },
    add: { done: "In your basket", send: (p) => { basket.set([...basket.get(), p]); return shop.track("Product Added", p); } },
    buy: { done: "Bought", send: (p) => shop.track("Order Completed", order([p])) },
  };
  const act = async (button, name) => {
    const holder = button.closest("[data-id]");
    if (name === "why") return explain(holder.dataset);
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    const sent = await ACTS[name].send(product(holder.dataset));
    say(sent ? `${ACTS[name].done}: ${holder.dataset.name}` : "Could not be sent yet. It will be, as soon as the shop answers.");
    if (sent) await refresh();
    button.removeAttribute("aria-disabled");
  };

  /* Dialogs */
  const explain = async ({ decision, id }) => {
    const body = $("#why-body");
    body.textContent = "One moment…";
    $("#why").showModal();
    for (const wait of [0, 400, 900]) {
      await pause(wait);
      const answer = await fetch(`${config.why.replace("00000000-0000-0000-0000-000000000000", decision)}?item=${encodeURIComponent(id)}`);
      if (answer.ok) { body.innerHTML = await answer.text(); return; }
    }
    body.textContent = "The trace of this answer has not been written yet. Try again in a moment.";
  };
  let typing;
  let asking;
  const people = async () => {
    asking?.abort(); // or a slow answer to what was asked before takes the place of the one now
    asking = new AbortController();
    const input = $("#find");
    const url = `${input.dataset.url}?q=${encodeURIComponent(input.value)}`;
    try {
      const answer = await fetch(url, { signal: asking.signal });
      $("#found").innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") $("#found").textContent = "Shoppers can't be looked up just now.";
    }
  };
  const openShoppers = () => { $("#shoppers").showModal(); people(); };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (event.target instanceof HTMLDialogElement) event.target.close();
    if (!button) return;
    if (button.dataset.act) act(button, button.dataset.act);
    else if (button.id === "switch" || "switch" in button.dataset) openShoppers();
    else if ("close" in button.dataset) button.closest("dialog").close();
    else if (button.id === "basket") {
      const lines = basket.get();
      shop.track("Order Completed", order(lines)).then((sent) => {
        if (!sent) return;
        basket.set([]);
        say(lines.length === 1 ? "Bought one thing" : `Bought ${lines.length} things`);
        refresh();
      });
    }
  });
  $("#find").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(people, 200); });

  for (const holder of document.querySelectorAll("[data-id][data-price]")) {
    const price = $(".price", holder);
    if (price && holder.dataset.price) price.textContent = money(holder.dataset.currency, Number(holder.dataset.price));
  }
  basket.draw();
  for (const shelf of document.querySelectorAll(".shelf[data-placement]")) fill(shelf);
  const viewed = $("[data-viewed]");
  if (viewed) shop.track("Product Viewed", product(viewed.dataset));
  else shop.page(document.title);
})();
