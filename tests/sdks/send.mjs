// Segment's own Node library, unmodified: node send.mjs HOST KEY USER PRODUCT
import { Analytics } from "@segment/analytics-node";

const [host, writeKey, userId, product] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host, flushAt: 4, maxRetries: 0 });
const errors = [];
analytics.on("error", (error) => errors.push(String(error.reason ?? error)));

const anonymousId = `${userId}-anonymous`;
analytics.page({ anonymousId, name: "Home", properties: { url: "https://shop.example/" } });
analytics.identify({ userId, anonymousId, traits: { age: 30 } });
analytics.track({ userId, event: "Product Viewed", properties: { product_id: product }, integrations: { All: true } });
analytics.track({ userId, event: "Product Viewed", properties: { product_id: product }, context: null });
analytics.screen({ userId, name: "Basket" });
analytics.group({ userId, groupId: `${userId}-family`, traits: { name: "family" } });
analytics.alias({ userId, previousId: anonymousId });
await analytics.closeAndFlush();

if (errors.length) {
  console.error(errors.join("\n"));
  process.exit(1);
}
