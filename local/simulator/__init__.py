"""A simulated Enode: a fleet that moves by itself, and Enode's own behaviour on top of it.

The map, from the bottom up:

    clock, scheduler   what time it is, and what is due when
    fleet              who lives where and owns what (a description, nothing moves)
    physics/           how cars, panels, batteries and rooms behave, minute by minute
    documents          a device as Enode 2024-10-01 writes it
    events             the envelopes, and the list of everything ever said
    cloud              Enode's polling of its vendors, and its cache
    charging_plans, scenario  what happens around the devices: charging plans, schedules, actions, dying credentials
    webhooks, delivery_queue  subscriptions, and what waits for each
    webhook_sender, transport  batches, signatures, retries; how a delivery reaches its receiver
    faults, outages    misbehaviour on request: of deliveries and of the API, of vendors and devices
    scenario_actions   each misfortune by its name
    tokens             Enode's access tokens, and the issuer of the read API's tokens
    api, control, app  the HTTP surface
    simulator          all of it put together, in virtual time
    server             the same in real time, behind uvicorn
"""
