// A typed client of the read API: the devices of a user with their freshness, and the history of each.
// `make client` makes the types from the API's own description and compiles this file.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/lastseen.js";

type Device = components["schemas"]["Device"];
type Change = components["schemas"]["Change"];

export function connect(baseUrl: string, token: string) {
  return createClient<paths>({
    baseUrl,
    headers: { authorization: `Bearer ${token}` },
    querySerializer: { array: { style: "form", explode: false } }, // fields=a,b
  });
}

type Client = ReturnType<typeof connect>;

/** Every device of a user, whatever the number of pages. */
export async function* devices(api: Client, userId: string): AsyncGenerator<Device> {
  let after: string | null | undefined;
  do {
    const { data, response } = await api.GET("/users/{userId}/devices", {
      params: { path: { userId }, query: { pageSize: 100, ...(after ? { after } : {}) } },
    });
    if (!data) throw new Error(`${response.status} ${response.url}`);
    yield* data.data;
    after = data.pagination.after;
  } while (after);
}

/** What changed on a device since a moment, oldest first. */
export async function* changes(api: Client, deviceId: string, since: Date): AsyncGenerator<Change> {
  let after: string | null | undefined;
  do {
    const { data, response } = await api.GET("/devices/{deviceId}/history", {
      params: { path: { deviceId }, query: { from: since.toISOString(), ...(after ? { after } : {}) } },
    });
    if (!data) throw new Error(`${response.status} ${response.url}`);
    yield* data.data;
    after = data.pagination.after;
  } while (after);
}

/** One line for people. The kind tells which fields a document has; the verdict, how far to trust them. */
export function describe(device: Device): string {
  const trust = device.freshness ? `${device.freshness.verdict}: ${device.freshness.reason}` : "as it was";
  switch (device.kind) {
    case "vehicle":
      return `${device.document.information?.displayName ?? device.id}: ${device.document.chargeState?.batteryLevel ?? "?"} % (${trust})`;
    case "inverter":
      return `${device.id}: ${device.document.productionState?.productionRate ?? "?"} kW (${trust})`;
    default:
      return `${device.kind} ${device.id} (${trust})`;
  }
}

export async function main(baseUrl: string, token: string, userId: string): Promise<void> {
  const api = connect(baseUrl, token);
  const yesterday = new Date(Date.now() - 24 * 3600 * 1000);
  for await (const device of devices(api, userId)) {
    console.log(describe(device));
    for await (const change of changes(api, device.id, yesterday)) {
      console.log(`  ${change.at} ${change.path}: ${JSON.stringify(change.before)} -> ${JSON.stringify(change.after)}`);
    }
  }
}
