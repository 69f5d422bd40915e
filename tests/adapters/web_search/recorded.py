"""Answers in the shapes that the providers document; texts and addresses are ours."""

from typing import Any

# https://api-dashboard.search.brave.com: WebSearchApiResponse. Marks of matching words come on
# some plans whatever is asked for; a result without an address stands for what may be missing.
BRAVE: dict[str, Any] = {
    "type": "search",
    "query": {
        "original": "trail shoes",
        "show_strict_warning": False,
        "more_results_available": True,
    },
    "mixed": {"type": "mixed", "main": [{"type": "web", "index": 0, "all": False}]},
    "faq": {
        "type": "faq",
        "results": [
            {
                "question": "Are trail shoes worth it?",
                "answer": "On wet ground.",
                "title": "Trail guide",
                "url": "https://trail.example/faq",
            }
        ],
    },
    "videos": {"type": "videos", "results": [{"type": "video_result", "title": "A run"}]},
    "web": {
        "type": "search",
        "family_friendly": True,
        "results": [
            {
                "title": "The best <strong>trail shoes</strong> of 2026 &amp; how we test",
                "url": "https://www.shoes.example/best-trail-shoes",
                "is_source_local": False,
                "description": "We ran 400 km in twelve pairs of <strong>trail shoes</strong>.",
                "page_age": "2026-10-02T09:00:00",
                "age": "October 2, 2026",
                "language": "en",
                "meta_url": {"scheme": "https", "hostname": "www.shoes.example"},
                "extra_snippets": ["Grip decides."],
            },
            {"title": "No address", "description": "Nothing to open."},
            {
                "title": "Trail shoes | Shop",
                "url": "https://shop.example/shop/trail",
                "description": "Order today.",
            },
        ],
    },
}

# https://google.serper.dev/search: organic results, and what stands around them.
SERPER: dict[str, Any] = {
    "searchParameters": {
        "q": "trail shoes",
        "gl": "us",
        "hl": "en",
        "type": "search",
        "num": 10,
        "engine": "google",
    },
    "answerBox": {"title": "Trail shoes", "snippet": "Shoes with lugs."},
    "organic": [
        {
            "title": "The 10 best trail shoes",
            "link": "https://www.shoes.example/best-trail-shoes",
            "snippet": "We ran 400 km in twelve pairs.",
            "date": "Oct 2, 2026",
            "position": 1,
            "sitelinks": [{"title": "Grip", "link": "https://www.shoes.example/grip"}],
        },
        {
            "title": "How to choose trail shoes",
            "link": "https://guide.example/choose",
            "snippet": "Start with the ground you run on.",
            "date": "3 days ago",
            "position": 2,
        },
    ],
    "peopleAlsoAsk": [
        {
            "question": "Are trail shoes good for road running?",
            "snippet": "For short stretches.",
            "title": "Road or trail",
            "link": "https://guide.example/road",
        }
    ],
    "relatedSearches": [{"query": "trail shoes for women"}, {"query": "waterproof trail shoes"}],
    "credits": 1,
}

# https://docs.searxng.org/dev/search_api with format=json.
SEARXNG: dict[str, Any] = {
    "query": "trail shoes",
    "number_of_results": 0,
    "results": [
        {
            "url": "https://www.shoes.example/best-trail-shoes",
            "title": "The best trail shoes",
            "content": "We ran 400 km\nin twelve pairs.",
            "publishedDate": "2026-10-02T00:00:00",
            "engine": "duckduckgo",
            "engines": ["duckduckgo", "mojeek"],
            "positions": [1, 2],
            "score": 3.0,
            "category": "general",
        },
        {"url": "javascript:alert(1)", "title": "Not a page", "content": ""},
    ],
    "answers": [],
    "corrections": [],
    "infoboxes": [],
    "suggestions": ["trail shoes men", "trail shoes sale"],
    "unresponsive_engines": [["google", "timeout"]],
}

BRAVE_LIMITED: dict[str, Any] = {
    "type": "ErrorResponse",
    "error": {
        "status": 429,
        "detail": "Request rate limit exceeded for plan",
        "meta": {"plan": "Free", "rate_limit": 1, "rate_current": 1},
        "code": "RATE_LIMITED",
    },
    "time": 1773685964,
}
SERPER_REFUSED: dict[str, Any] = {"message": "Unauthorized.", "statusCode": 403}
SERPER_EMPTY: dict[str, Any] = {"message": "Not enough credits", "statusCode": 400}
