"""What `make run` needs beside the template: the simulated Enode and the local stack."""
