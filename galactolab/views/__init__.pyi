from . import (
    background as background,
    bench as bench,
    callbacks as callbacks,
    compare as compare,
    controls as controls,
    environment_check as environment_check,
    figures as figures,
    findings_panel as findings_panel,
    image_view as image_view,
    overlays as overlays,
    palette as palette,
    quiz_card as quiz_card,
    raster as raster,
    reading_panel as reading_panel,
    reading_tabs as reading_tabs,
    scripts as scripts,
    wording as wording,
)
from .bench import Bench as Bench
from .compare import Compare as Compare, linked as linked
from .environment_check import EnvironmentCheck as EnvironmentCheck
from .findings_panel import FindingsPanel as FindingsPanel
from .image_view import ImageView as ImageView
from .quiz_card import Quiz as Quiz, QuizCard as QuizCard
from .reading_panel import ReadingPanel as ReadingPanel
