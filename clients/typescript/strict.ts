// What must not compile: were the types looser than the API, one of these lines would, and `make client` would fail.
import { connect, describe } from "./example.js";

const api = connect("https://lastseen.example", "token");

// @ts-expect-error there is no such path
void api.GET("/vehicels");
// @ts-expect-error the user is missing
void api.GET("/users/{userId}/devices", { params: { path: {} } });
// @ts-expect-error a kind is one of seven
void api.GET("/users/{userId}/devices", { params: { path: { userId: "a" }, query: { kind: "boat" } } });
// @ts-expect-error nothing is written to a device
void api.PUT("/vehicles/{vehicleId}", { params: { path: { vehicleId: "a" } } });
// @ts-expect-error a device has a kind, an owner and a document
describe({ id: "a" });

void api.GET("/vehicles/{vehicleId}", { params: { path: { vehicleId: "a" } } }).then(({ data }) => {
  // @ts-expect-error a state of charge may be unknown
  const percent: number = data?.chargeState?.batteryLevel;
  // @ts-expect-error there is no such field
  return [percent, data?.chargeState?.batteryLvl];
});
