"""Whatever a model writes: no exception, and a motion of finite numbers; 1,000 answers and more."""

import json
import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatar.blendshapes import BLENDSHAPES
from avatar.performance import ACTIONS, ControlParameters, Performance
from avatar.types import EMOTION_LABELS, FaceMotion, Floats, RenderChunk, Size, Speech
from models.weights import WeightStore
from orchestrator.director.placing import placed
from orchestrator.director.reading import read_answer
from orchestrator.director.salvage import UnusableAnswerError
from orchestrator.director.stretches import stretches
from orchestrator.portraits import face_tracker
from tests.face_models import require_face_models
from tests.orchestrator.director.scripted_chat import answer_text
from video_processor.motion.synthesis import synthesise_motion
from video_processor.pictures import read_picture
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import PuppetRenderer

FPS = Fraction(25)
FRAMES = 100
SPEECH = make_speech(4.0)
STRETCH = stretches(SPEECH)[0]
