import { BadRequestException, Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { BookingRequest } from './booking-workflow';
import { BookingsService } from './bookings.service';
import type { BookingStatus } from './bookings.service';

@Controller('bookings')
export class BookingsController {
  constructor(private readonly bookings: BookingsService) {}

  @Post()
  @HttpCode(202)
  async book(@Body() body: unknown): Promise<{ run: string; href: string }> {
    if (!isRequest(body)) throw new BadRequestException('expected { room, guest }, both texts');
    return { run: await this.bookings.book(body), href: `/bookings/${body.room}` };
  }

  @Get(':room')
  show(@Param('room') room: string): Promise<BookingStatus> {
    return this.bookings.show(room);
  }

  @Delete(':room')
  @HttpCode(202)
  async cancel(@Param('room') room: string): Promise<{ room: string }> {
    await this.bookings.cancel(room);
    return { room };
  }
}

function isRequest(request: unknown): request is BookingRequest {
  const { room, guest } = (request ?? {}) as Partial<Record<'room' | 'guest', unknown>>;
  return typeof room === 'string' && room !== '' && typeof guest === 'string';
}
