from fractions import Fraction
from pathlib import Path

import pytest

from avatar import settings
from avatar.errors import ConfigurationError
from avatar.settings import PROJECT_ROOT, load_settings, parse_fps


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose `.env` and `model_config.yaml` are the ones that are read; neither exists."""
    monkeypatch.setattr(settings, "DOTENV_FILE", tmp_path / ".env")
    monkeypatch.setattr(settings, "CONFIG_FILE", tmp_path / "model_config.yaml")
    return tmp_path


def test_defaults_stand_where_nothing_is_given(places: Path) -> None:
    assert load_settings().video_crf == 18


def test_each_source_comes_before_the_next(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (places / "model_config.yaml").write_text("video_crf: 21\n", encoding="utf-8")
    assert load_settings().video_crf == 21
    (places / ".env").write_text("VIDEO_CRF=22\n", encoding="utf-8")
    assert load_settings().video_crf == 22
    monkeypatch.setenv("VIDEO_CRF", "23")
    assert load_settings().video_crf == 23
    assert load_settings(video_crf=24).video_crf == 24


def test_an_option_that_was_not_given_leaves_the_other_sources_alone(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDEO_CRF", "23")
    assert load_settings(video_crf=None).video_crf == 23


def test_an_empty_variable_counts_as_absent(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (places / ".env").write_text("MISTRAL_API_KEY=\nVIDEO_CRF=\n", encoding="utf-8")
    monkeypatch.setenv("RENDER_WORKERS", "")
    found = load_settings()
    assert (found.mistral_api_key, found.video_crf, found.render_workers) == (None, 18, 0)


@pytest.mark.parametrize(
    ("source", "named"),
    [("yaml", "configs/model_config.yaml"), (".env", "from .env"), ("env", "the environment"), ("option", "line")],
)
def test_a_wrong_value_names_its_key_and_its_source(
    source: str, named: str, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {}
    if source == "yaml":
        (places / "model_config.yaml").write_text("video_crf: 99\n", encoding="utf-8")
    elif source == ".env":
        (places / ".env").write_text("VIDEO_CRF=99\n", encoding="utf-8")
    elif source == "env":
        monkeypatch.setenv("VIDEO_CRF", "99")
    else:
        given["video_crf"] = 99
    with pytest.raises(ConfigurationError, match=r"VIDEO_CRF .*99.*" + named) as caught:
        load_settings(**given)
    assert caught.value.cure


def test_a_yaml_file_that_cannot_be_parsed_is_named(places: Path) -> None:
    (places / "model_config.yaml").write_text("video_crf: [1,\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "model_config.yaml" in str(caught.value)


def test_secrets_never_show(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "very-secret")
    found = load_settings()
    assert found.mistral_api_key is not None
    assert found.mistral_api_key.get_secret_value() == "very-secret"
    assert "very-secret" not in repr(found) + str(found.model_dump())


def test_relative_folders_are_taken_from_the_project(places: Path, tmp_path: Path) -> None:
    found = load_settings(data_dir="elsewhere", checkpoints_dir=str(tmp_path))
    assert found.data_dir == PROJECT_ROOT / "elsewhere"
    assert found.checkpoints_dir == tmp_path


def test_workers_are_every_core_unless_given() -> None:
    assert load_settings().workers >= 1
    assert load_settings(render_workers=3).workers == 3


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", Fraction(25)),
        (" 29.97 ", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("1", Fraction(1)),
        ("120", Fraction(120)),
    ],
)
def test_frame_rates_are_exact(text: str, rate: Fraction) -> None:
    assert parse_fps(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "0", "-25", "121", "1/0", "nan", "inf"])
def test_what_is_not_a_frame_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"frame"):
        parse_fps(text)


@pytest.mark.parametrize("text", ["1e99999999", "25/0", "x", "-25", "9" * 50])
def test_a_frame_rate_that_is_none_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match="frame"):
        parse_fps(text)


def test_a_commented_line_of_dotenv_is_not_blamed(places: Path) -> None:
    (places / ".env").write_text("#DEFAULT_FPS=25\n")
    (places / "model_config.yaml").write_text("default_fps: abc\n")
    with pytest.raises(ConfigurationError, match=r"model_config\.yaml"):
        load_settings()


@pytest.mark.parametrize(("name", "value"), [("MAX_ARTIFACT_GIGABYTES", "inf"), ("VIDEO_PRESET", "foo")])
def test_a_value_that_would_fail_later_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        load_settings()


def test_folders_are_named_by_where_they_really_lie(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert load_settings(data_dir=tmp_path / "link" / "data").data_dir == (tmp_path / "real" / "data").resolve()
    assert load_settings(data_dir="here/../data").data_dir == (PROJECT_ROOT / "data").resolve()


@pytest.mark.parametrize("key", ["langfuse_host", "langfuse_base_url", "otel_exporter_otlp_endpoint"])
@pytest.mark.parametrize("address", ["http://langfuse:${PORT}", "http://h:99999", "http://[::1", "localhost:4318"])
def test_an_address_for_traces_that_cannot_work_is_refused_by_name(key: str, address: str) -> None:
    with pytest.raises(ConfigurationError, match=key.upper()):
        load_settings(**{key: address})
    assert getattr(load_settings(**{key: "https://traces.example:4318/own/"}), key) == "https://traces.example:4318/own"
