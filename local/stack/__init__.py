"""The whole of Lastseen on one machine: emulated AWS, a simulated Enode, and the template between them, unchanged.

Read in the order of use:

    __main__      run, up and down
    lifecycle     the order of steps, and what happens when one fails
    settings      ports, speed and folders, from the environment
    processes     start and end processes of ours, and never anybody else's
    aws           clients and environments that cannot reach the real AWS
    emulator      ministack
    build         `sam build`, when something changed
    deploy        `sam deploy`, and the stack it made
    intrinsics    Ref, Fn::Sub and Fn::If of a processed template, worked out
    gaps          what ministack leaves out of that template, added by API
    functions     what the functions wrote to their logs
    enode         the simulated Enode, started and pointed at the stack
    stack_info    .local/stack.json, where everything is to be found
    reader        the read API as a frontend sees it
    commands      what to try next, ready to paste
    view          what happens, while it happens
    console       one line per step
    errors        what the person at the keyboard can mend
"""
