"""Physics of the devices of a home, minute by minute, whether or not anybody looks.

A home moves in whole minutes of the world (`home.Home.move_to`), so what it has become at an instant does not
depend on how often it was looked at. Each device tells its `reading`: what its vendor's cloud would answer now.
"""
