"""The order of steps. Each use case takes what it needs as arguments and knows no AWS, no HTTP and no clock."""
