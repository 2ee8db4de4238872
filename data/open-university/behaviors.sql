-- What a student did: every assessment handed in by day 30, whatever its score, and the clicks on
-- the module's pages before it began, which are plain usage.
with handed_in as (
    select
        code_module || ' ' || code_presentation || ' ' || id_student as customer_id,
        make_date(
            cast(left(code_presentation, 4) as integer),
            case right(code_presentation, 1) when 'B' then 2 else 10 end,
            1
        ) as started_on,
        try_cast(date_submitted as integer) as day,
        case assessment_type
            when 'TMA' then 'tutor-marked assessment by day 30'
            when 'CMA' then 'computer-marked assessment by day 30'
            else 'exam by day 30'
        end as behavior,
        1.0 as quantity
    from student_assessment
    join assessments using (id_assessment)
    where
        try_cast(date_submitted as integer) <= 30
        and try_cast(is_banked as integer) = 0
),

clicks as (
    select
        code_module || ' ' || code_presentation || ' ' || id_student as customer_id,
        make_date(
            cast(left(code_presentation, 4) as integer),
            case right(code_presentation, 1) when 'B' then 2 else 10 end,
            1
        ) as started_on,
        0 as day,
        'usage' as behavior,
        try_cast(pre_course_clicks as double) as quantity
    from vle_pre_course
    where try_cast(pre_course_clicks as double) > 0
),

done as (
    select * from handed_in
    union all
    select * from clicks
)

select done.customer_id, started_on + done.day as done_on, behavior, quantity
from done
join (
    select code_module || ' ' || code_presentation || ' ' || id_student as customer_id
    from student_info
    join student_registration using (code_module, code_presentation, id_student)
    where final_result <> 'Withdrawn' or try_cast(date_unregistration as integer) > 0
) as registered on registered.customer_id = done.customer_id
