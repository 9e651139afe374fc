"""The service from Python: `with AvatarClient() as avatar: avatar.generate(image="me.jpg", text="Hello")`."""

from client.client import AvatarClient
from client.errors import AvatarServiceError
from client.job_fields import Controls, JobFields
from client.live.errors import LiveError
from client.records import Batch, Character, Job, JobError, JobPage, Upload
from client.speech import Speaker, SpokenSound, Voice, Voices

__all__ = [
    "AvatarClient",
    "AvatarServiceError",
    "Batch",
    "Character",
    "Controls",
    "Job",
    "JobError",
    "JobFields",
    "JobPage",
    "LiveError",
    "Speaker",
    "SpokenSound",
    "Upload",
    "Voice",
    "Voices",
]
