/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {import("./types.js").Upload} Upload
 */

/** What the service refused, with what to do about it. */
export class Problem extends Error {
  /**
   * @param {number} status 0 where the service could not be reached
   * @param {string} message
   * @param {string} [cure]
   * @param {string} [kind]
   */
  constructor(status, message, cure = "", kind = "") {
    super(message);
    this.status = status;
    this.cure = cure;
    this.kind = kind;
  }
}

/** Speaks to the service. Emits `locked` where a token is asked for, `reached` and `unreached` as the line goes. */
export class Api extends EventTarget {
  #reached = true;

  /** @param {string} path @param {AbortSignal} [signal] @returns {Promise<any>} */
  async get(path, signal) {
    return (await this.#send(path, { signal })).json();
  }

  /** @param {string} path @param {unknown} [body] @param {AbortSignal} [signal] @returns {Promise<any>} */
  async send(path, body, signal) {
    const isForm = body instanceof FormData;
    const headers = isForm || body === undefined ? undefined : { "Content-Type": "application/json" };
    const response = await this.#send(path, { method: "POST", headers, body: isForm ? body : JSON.stringify(body), signal });
    return response.status === 204 ? null : response.json();
  }

  /**
   * What is at an address, and the tag that names its content.
   *
   * @param {string} path @param {AbortSignal} [signal] @returns {Promise<{value: any, tag: string}>}
   */
  async tagged(path, signal) {
    const response = await this.#send(path, { signal });
    return { value: await response.json(), tag: response.headers.get("ETag") ?? "" };
  }

  /**
   * Replaces what is at an address, unless it has another tag by now.
   *
   * @param {string} path @param {unknown} body @param {string} tag empty to replace whatever is there
   * @returns {Promise<{value: any, tag: string}>}
   */
  async replace(path, body, tag) {
    const headers = { "Content-Type": "application/json", ...(tag && { "If-Match": tag }) };
    const response = await this.#send(path, { method: "PUT", headers, body: JSON.stringify(body) });
    return { value: await response.json(), tag: response.headers.get("ETag") ?? "" };
  }

  /** Puts a form to an address. @param {string} path @param {FormData} form @param {AbortSignal} signal @returns {Promise<any>} */
  async put(path, form, signal) {
    return (await this.#send(path, { method: "PUT", body: form, signal })).json();
  }

  /** What an order brings: a file and its headers. @param {string} path @param {unknown} body @param {AbortSignal} signal */
  async order(path, body, signal) {
    const response = await this.#send(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
    return { file: await response.blob(), headers: response.headers };
  }

  /** @param {string} path @returns {Promise<any>} */
  async remove(path) {
    const response = await this.#send(path, { method: "DELETE" });
    return response.status === 204 ? null : response.json();
  }

  /** @param {string} address @param {AbortSignal} [signal] */
  async text(address, signal) {
    return (await this.#send(address, { signal })).text();
  }

  /** @param {string} address @param {AbortSignal} [signal] */
  async bytes(address, signal) {
    return (await this.#send(address, { signal })).arrayBuffer();
  }

  /** @param {"image" | "audio" | "video"} kind @param {Blob} file @param {string} name @param {AbortSignal} signal @returns {Promise<Upload>} */
  async upload(kind, file, name, signal) {
    const form = new FormData();
    form.append("file", file, name);
    return this.send(`/api/v1/upload/${kind}`, form, signal);
  }

  /** @param {string} token */
  async unlock(token) {
    await this.send("/api/v1/session", { token });
  }

  /** @param {string} path @param {RequestInit} request */
  async #send(path, request) {
    const response = await this.#fetch(path, request);
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (response.status === 401) this.dispatchEvent(new Event("locked"));
    throw problem;
  }

  /** @param {string} path @param {RequestInit} request */
  async #fetch(path, request) {
    try {
      const response = await fetch(path, { ...request, credentials: "same-origin" });
      this.#tell(true);
      return response;
    } catch (error) {
      if (request.signal?.aborted) throw error;
      this.#tell(false);
      throw new Problem(0, "The service does not answer.", "See whether it still runs; the page tries again by itself.", "Unreachable");
    }
  }

  /** @param {boolean} reached */
  #tell(reached) {
    if (reached === this.#reached) return;
    this.#reached = reached;
    this.dispatchEvent(new Event(reached ? "reached" : "unreached"));
  }
}

/** @param {Response} response */
async function problemOf(response) {
  const isJson = response.headers.get("Content-Type")?.includes("json");
  const body = isJson ? await response.json().catch(() => ({})) : {};
  const message = typeof body.detail === "string" ? body.detail : body.title ?? `The service answered ${response.status}.`;
  const errors = Array.isArray(body.errors) ? body.errors.map(errorLine).filter(Boolean) : [];
  const more = errors.filter((/** @type {string} */ line) => !message.includes(line.replace(/^[^:]*: /, "")));
  return new Problem(response.status, [message, ...more].join(" "), body.cure ?? "", body.kind ?? "");
}

/** @param {any} error */
function errorLine(error) {
  if (typeof error === "string") return error;
  const where = error?.field ?? error?.loc?.join?.(".") ?? error?.pointer ?? "";
  const what = error?.message ?? error?.msg ?? error?.detail ?? "";
  return [where, what].filter(Boolean).join(": ");
}
