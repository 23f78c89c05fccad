"""Questions: the present, the past, one device's log, the system's health. Each a frozen dataclass or a function."""
