// Talking to the server: JSON both ways, the CSRF token from the page, and every failure as a sentence.

export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly body: { [key: string]: unknown },
  ) {
    super(message);
  }
}

const page = document.getElementById("canvas");
const base = page?.dataset.base ?? "";
const token = page?.dataset.csrf ?? "";

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(base + path, {
      method,
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: "manual",
    });
  } catch {
    throw new Refused("The server can't be reached. Your changes stay here and are saved when it answers.", 0, {});
  }
  // A session that ended answers with a redirect to the sign-in page.
  if (answer.type === "opaqueredirect") {
    throw new Refused("You have been signed out. Sign in again in another tab; your changes stay here.", 401, {});
  }
  const data = (await answer.json().catch(() => ({}))) as { [key: string]: unknown };
  if (!answer.ok) {
    throw new Refused(String(data.message ?? "The server could not do this. Try again."), answer.status, data);
  }
  return data as T;
}
