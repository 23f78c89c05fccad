"""Start the simulated Enode as a process, with the secret it signs with."""

import json
import sys

from local.stack import aws, emulator
from local.stack.deploy import Stack
from local.stack.processes import Child, Processes, require_free
from local.stack.settings import ENODE_CLIENT, REPOSITORY, Settings


def start(settings: Settings, processes: Processes) -> Child:
    """Start the simulator, which is the issuer of the read API's tokens too, and wait until it answers.

    Raises:
        UserError: The port is taken, or it ended or kept silent.
    """
    require_free(settings.port_enode, "PORT_ENODE")
    options = {
        "--port": settings.port_enode,
        "--seed": settings.seed,
        "--speed": settings.speed,
        "--issuer": settings.enode_url,
        "--client-id": ENODE_CLIENT[0],
        "--client-secret": ENODE_CLIENT[1],
    }
    arguments = [str(word) for pair in options.items() for word in pair]
    command = [sys.executable, "-m", "local.simulator", *arguments]
    child = processes.start("enode", command, aws.environment(settings.aws_url), REPOSITORY)
    emulator.wait_until_answering(f"{settings.enode_url}/.well-known/openid-configuration", child, processes)
    return child


def hand_over_client(settings: Settings, stack: Stack) -> None:
    """Write the client that the simulated Enode knows into the stack's secret, as a person does on AWS."""
    secrets = aws.client("secretsmanager", settings.aws_url)
    said = {"clientId": ENODE_CLIENT[0], "clientSecret": ENODE_CLIENT[1]}
    secrets.put_secret_value(SecretId=stack.outputs["EnodeClientArn"], SecretString=json.dumps(said))


def webhook_secret(settings: Settings, stack: Stack) -> str:
    """Read the generated secret that signs deliveries."""
    secrets = aws.client("secretsmanager", settings.aws_url)
    text = secrets.get_secret_value(SecretId=stack.outputs["WebhookSecretArn"])["SecretString"]
    return str(json.loads(text)["current"])
